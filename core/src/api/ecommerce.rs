//! E-commerce platforms (电商收付通): `/v3/ecommerce/…`.

pub mod bill;
pub mod fund;
pub mod profitsharing;
pub mod refunds;
pub mod subsidies;
