use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadableTable as _, TableDefinition, TableError};
use thiserror::Error;

use crate::records::{Changes, Records, RestoreError};
use crate::table::Change;

/// Records by table and key.
const RECORDS: TableDefinition<'_, (&str, &[u8]), &[u8]> = TableDefinition::new("records");
/// What the file is, so that no other version misreads it.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
/// Of this version.
const VERSION: u64 = 1;

/// A file that keeps an engine's records. What was kept is on the disk, whatever ends the process.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    path: PathBuf,
    /// What stood at the path when it was opened.
    file: FileId,
}

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(#[cfg(unix)] (u64, u64));

impl FileId {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;

        let metadata = std::fs::metadata(path)?;
        Ok(Self((metadata.dev(), metadata.ino())))
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self())
    }
}

/// Why the state cannot be kept in a file, or read from one.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another gateway has the file.
    #[error("{} is in use by another gateway", .0.display())]
    InUse(PathBuf),
    /// The file is none of a gateway's, or cannot be read or written.
    #[error("the state cannot be kept in {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file was written by another version of the gateway.
    #[error(
        "{} has format {found}, and this version of the gateway reads and writes {VERSION}",
        .path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// What the file holds does not make an engine.
    #[error("what {} holds is damaged, or of another version", .path.display())]
    Restore {
        /// The file.
        path: PathBuf,
        /// The record.
        source: RestoreError,
    },
    /// No thread could be started that writes the file.
    #[error("no thread could be started that writes the state")]
    Thread(#[source] io::Error),
}

impl Store {
    /// Opens or makes the file.
    pub(crate) fn open(path: &Path) -> Result<(Self, Records), StoreError> {
        // A damaged file makes the database panic where an error would do.
        let opened = catch_unwind(|| Self::open_whole(path));
        opened.unwrap_or_else(|_| {
            Err(StoreError::File {
                path: path.to_owned(),
                source: "the file is damaged".into(),
            })
        })
    }

    fn open_whole(path: &Path) -> Result<(Self, Records), StoreError> {
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::File {
            path: path.to_owned(),
            source,
        };
        let mut builder = Database::builder();
        let database = match builder.create_with_file_format_v3(true).create(path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                return Err(StoreError::InUse(path.to_owned()));
            }
            Err(error) => return Err(fail(error.into())),
        };
        let file = FileId::of(path).map_err(|e| fail(e.into()))?;
        let store = Self {
            database,
            path: path.to_owned(),
            file,
        };
        let found = store.format().map_err(|e| fail(e.into()))?;
        if found != VERSION {
            let path = path.to_owned();
            return Err(StoreError::Format { path, found });
        }
        let records = store.records().map_err(|e| fail(e.into()))?;
        Ok((store, records))
    }

    /// The file's format, which a new file is given.
    fn format(&self) -> Result<u64, redb::Error> {
        let transaction = self.database.begin_write()?;
        let found = {
            let mut table = transaction.open_table(FORMAT)?;
            let found = table.get("version")?.map(|value| value.value());
            match found {
                Some(found) => found,
                None => {
                    table.insert("version", VERSION)?;
                    VERSION
                }
            }
        };
        transaction.commit()?;
        Ok(found)
    }

    fn records(&self) -> Result<Records, redb::Error> {
        let mut records = Records::default();
        let transaction = self.database.begin_read()?;
        let table = match transaction.open_table(RECORDS) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(records),
            Err(error) => return Err(error.into()),
        };
        for record in table.iter()? {
            let (key, value) = record?;
            let (table, key) = key.value();
            records.insert(table, key, value.value());
        }
        Ok(records)
    }

    /// Writes changes in one transaction; when it returns, they are on the disk, in the file that
    /// another process would find.
    pub(crate) fn keep(&self, changes: &Changes) -> Result<(), redb::Error> {
        if FileId::of(&self.path)? != self.file {
            let gone = "another file is in its place, which this gateway does not write";
            return Err(io::Error::other(gone).into());
        }
        let transaction = self.database.begin_write()?;
        if changes.anew {
            transaction.delete_table(RECORDS)?;
        }
        {
            let mut records = transaction.open_table(RECORDS)?;
            for Change { table, key, value } in &changes.changes {
                let key = (*table, key.as_slice());
                match value {
                    Some(value) => records.insert(key, value.as_slice())?,
                    None => records.remove(key)?,
                };
            }
        }
        transaction.commit()?;
        Ok(())
    }
}
