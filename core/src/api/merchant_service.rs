//! Merchants' service to their customers (消费者投诉): `/v3/merchant-service/…`.

pub mod images;
