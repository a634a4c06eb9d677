/// Which of the two access points an attempt goes to.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Host {
    /// The main one (主域名).
    #[default]
    Main,
    /// The one in another city (备域名).
    Backup,
}
