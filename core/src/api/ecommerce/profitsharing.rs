//! Profit sharing of e-commerce platforms (收付通分账): `/v3/ecommerce/profitsharing/…`.

pub mod after_sales_orders;
pub mod finish_order;
pub mod orders;
pub mod receivers;
pub mod returnorders;

/// What a merchant's own numbers of sharings and returns may hold besides letters and digits.
const MARKS: &str = "_-|*@";
