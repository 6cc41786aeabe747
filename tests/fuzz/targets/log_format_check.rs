#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::fuzz::log_format_check(input));
