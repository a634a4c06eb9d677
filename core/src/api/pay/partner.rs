//! Orders that a service provider (服务商) or an e-commerce platform places: `/v3/pay/partner/…`.

pub mod transactions;
