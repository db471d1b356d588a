// Two programs as users of aya write them: maps of a dependency's types, and its logging.
#![no_std]
#![no_main]

use aya_ebpf::bindings::xdp_action;
use aya_ebpf::macros::{map, tracepoint, xdp};
use aya_ebpf::maps::{Array, HashMap};
use aya_ebpf::programs::{TracePointContext, XdpContext};
use aya_log_ebpf::info;

#[map]
static SIZES: HashMap<u32, u64> = HashMap::with_max_entries(256, 0);

#[map]
static SWITCHES: Array<u64> = Array::with_max_entries(1, 0);

fn note(ctx: &XdpContext) -> Result<u32, i64> {
    let size = (ctx.data_end() - ctx.data()) as u32;
    let before = unsafe { SIZES.get(&size) }.copied().unwrap_or(0);

    SIZES.insert(&size, &(before + 1), 0)?;
    if before == 0 {
        info!(ctx, "first packet of {} bytes", size);
    }
    Ok(xdp_action::XDP_PASS)
}

#[xdp]
pub fn sizes(ctx: XdpContext) -> u32 {
    note(&ctx).unwrap_or(xdp_action::XDP_ABORTED)
}

#[tracepoint]
pub fn switches(_ctx: TracePointContext) -> u32 {
    if let Some(n) = SWITCHES.get_ptr_mut(0) {
        unsafe { *n += 1 };
    }
    0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 4] = *b"GPL\0";
