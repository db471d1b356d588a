//! What a program takes from another crate: a map and a variable that nothing refers to, an exported
//! function, types that BTF cannot express as they are.
#![no_std]

#[repr(C)]
pub struct MapDef {
    pub r#type: *const [i32; 2],
    pub max_entries: *const [i32; 64],
    pub key: *const u32,
    pub value: *const u64,
}
unsafe impl Sync for MapDef {}

#[link_section = ".maps"]
#[no_mangle]
#[used]
pub static COUNTS: MapDef = MapDef {
    r#type: core::ptr::null(),
    max_entries: core::ptr::null(),
    key: core::ptr::null(),
    value: core::ptr::null(),
};

#[link_section = ".rodata.extra"]
#[used]
static HIDDEN: [u32; 4] = [1, 2, 3, 4];

pub enum Shape {
    Circle(u32),
    Square { side: u64 },
    Nothing,
}

pub struct Pair<A, B> {
    pub b: B,
    pub a: A,
}

#[inline(never)]
pub fn area(s: &Shape) -> u64 {
    match s {
        Shape::Circle(r) => 3 * (*r as u64),
        Shape::Square { side } => side.wrapping_mul(*side),
        Shape::Nothing => 0,
    }
}

#[no_mangle]
pub extern "C" fn dep_exported(x: u64) -> u64 {
    area(&if x > 3 { Shape::Circle(x as u32) } else { Shape::Square { side: x } })
}

#[inline(never)]
pub fn pair_sum<A: Into<u64> + Copy, B: Into<u64> + Copy>(p: &Pair<A, B>) -> u64 {
    p.a.into().wrapping_add(p.b.into())
}

pub fn table(i: usize) -> u32 {
    static T: [u32; 8] = [5, 4, 3, 2, 1, 9, 8, 7];
    T[i]
}
