//! What a program can ask of the valgrind that runs it: the only unsafe code of these tests.
#![expect(unsafe_code, reason = "memcheck is told what is secret by an instruction sequence")]

use std::arch::asm;
use std::mem::size_of_val;

/// Memcheck's requests: its letters in the upper half, then a number (valgrind's memcheck.h).
const MEMCHECK: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;
const MAKE_MEM_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_MEM_DEFINED: usize = MEMCHECK + 2;

/// Makes the value one on which no branch and no address may depend.
pub(crate) fn conceal<T: ?Sized>(value: &mut T) {
    request(MAKE_MEM_UNDEFINED, value);
}

/// Makes the value one that everyone may know.
pub(crate) fn reveal<T: ?Sized>(value: &T) {
    request(MAKE_MEM_DEFINED, value);
}

/// A request about a value's bytes. Without valgrind it does nothing.
fn request<T: ?Sized>(kind: usize, value: &T) {
    let address = std::ptr::from_ref(value).cast::<u8>().addr();
    let arguments = [kind, address, size_of_val(value), 0, 0, 0];
    // SAFETY: natively, the sequence turns a register once around by 128 bits and exchanges one
    // with itself; valgrind takes it for a request, reads the arguments and writes to its own
    // shadow of the memory.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0_usize => _,
        );
    }
}
