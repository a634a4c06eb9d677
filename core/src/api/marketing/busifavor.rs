//! Merchant coupons (商家券): `/v3/marketing/busifavor/…`.

pub mod subsidy;
