//! What merchants send in (商户): `/v3/merchant/…`.

pub mod media;
