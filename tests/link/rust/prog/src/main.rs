//! An XDP program and a tracepoint that use a map, generics, an array on the stack and a bounds
//! check of libcore.
#![no_std]
#![no_main]

use dep::{dep_exported, pair_sum, table, MapDef, Pair, COUNTS};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[no_mangle]
#[link_section = "license"]
pub static _license: [u8; 4] = *b"GPL\0";

#[repr(C)]
pub struct XdpMd {
    data: u32,
    data_end: u32,
    data_meta: u32,
    ingress_ifindex: u32,
    rx_queue_index: u32,
}

#[inline(always)]
fn lookup(map: *const MapDef, key: *const u32) -> *mut u64 {
    let helper: extern "C" fn(*const MapDef, *const u32) -> *mut u64 =
        unsafe { core::mem::transmute(1usize) };
    helper(map, key)
}

#[no_mangle]
#[link_section = "xdp"]
pub extern "C" fn pass(ctx: *mut XdpMd) -> u32 {
    let key = 1u32;
    let v = lookup(&COUNTS, &key);
    if v.is_null() {
        return 1;
    }
    let p = Pair { a: unsafe { (*ctx).rx_queue_index }, b: unsafe { *v } };
    unsafe { *v = pair_sum(&p) };
    2
}

#[no_mangle]
#[link_section = "tracepoint/syscalls/sys_enter_openat"]
pub extern "C" fn trace(_ctx: *mut u8) -> i32 {
    let mut key = 2u32;
    let v = lookup(&COUNTS, &key);
    if v.is_null() {
        return 0;
    }
    let n = unsafe { *v };
    let buf = [n; 16];
    if let Some(x) = buf.get((n & 15) as usize) {
        unsafe { *v = dep_exported(*x) };
    }
    key = table((n & 7) as usize);
    key as i32
}
