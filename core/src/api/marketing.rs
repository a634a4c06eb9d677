//! Marketing (营销): `/v3/marketing/…`.

pub mod busifavor;
