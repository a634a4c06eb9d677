//! See [`wechatpay_fuzz::arguments`].
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wechatpay_fuzz::arguments(data));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    wechatpay_fuzz::replay(wechatpay_fuzz::arguments)
}
