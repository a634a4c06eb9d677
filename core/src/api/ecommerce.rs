//! E-commerce platforms (电商收付通): `/v3/ecommerce/…`.

pub mod profitsharing;
pub mod subsidies;
