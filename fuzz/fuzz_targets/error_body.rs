//! See [`wechatpay_fuzz::error_body`].
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wechatpay_fuzz::error_body(data));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    wechatpay_fuzz::replay(wechatpay_fuzz::error_body)
}
