//! Links the library crates into a program that has a panic handler and an allocator of its own.
//!
//! A static library is a final artifact: whatever brings in the standard library, however deep,
//! brings in a second panic handler, and the compiler refuses that.

#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::ptr;

use linereader as _;
use log_format as _;
use proxy_acl as _;
use vpn_core as _;

struct NoMemory;

// SAFETY: null reports that the allocation failed, so there is never a block to give back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn stop(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
