//! What merchants send in, and what they have (商户): `/v3/merchant/…`.

pub mod fund;
pub mod media;
