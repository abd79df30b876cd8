// Writes known pages by known functions of known threads; prints the address of the pages, and writes when a line arrives.
use std::alloc::{alloc_zeroed, Layout};
use std::io::{self, BufRead, Write};

const PAGES: usize = 32;
const PAGE: usize = 4096;

mod world {
    #[inline(never)]
    pub fn spawn_entity(page: *mut u8) {
        unsafe { page.add(8).write_volatile(1) }
    }
    pub struct Renderer;
    impl Renderer {
        #[inline(never)]
        pub fn draw(&self, page: *mut u8) {
            unsafe { page.add(16).write_volatile(2) }
        }
    }
}

fn main() {
    let pages = unsafe { alloc_zeroed(Layout::from_size_align(PAGES * PAGE, PAGE).unwrap()) };
    unsafe { std::ptr::write_bytes(pages, 0, PAGES * PAGE) };
    println!("{:p}", pages);
    io::stdout().flush().unwrap();
    let base = pages as usize;
    for _ in io::stdin().lock().lines() {
        let draw = std::thread::Builder::new().name("renderer".into()).spawn(move || {
            for i in (1..PAGES).step_by(2) {
                world::Renderer.draw((base + i * PAGE) as *mut u8);
            }
        });
        draw.unwrap().join().unwrap();
        for i in (0..PAGES).step_by(2) {
            world::spawn_entity((base + i * PAGE) as *mut u8);
        }
        println!("done");
        io::stdout().flush().unwrap();
    }
}
