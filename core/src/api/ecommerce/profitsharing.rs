//! Profit sharing of e-commerce platforms (收付通分账): `/v3/ecommerce/profitsharing/…`.

pub mod after_sales_orders;
pub mod receivers;
