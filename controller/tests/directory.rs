//! A real folder, watched.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do ends the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use bellwether_controller::object::Object;
use bellwether_controller::source::Event;
use bellwether_controller::source::directory::{Directory, DirectoryError};
use k8s_openapi::jiff::Timestamp;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(10);

/// A watched folder, and the pools in force as its events tell them.
struct Watched {
    folder: TempDir,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<Result<(), DirectoryError>>,
    pools: BTreeMap<String, String>,
    created: BTreeMap<String, Timestamp>,
    synced: bool,
}

impl Watched {
    /// Waits until the folder's first content is told.
    async fn start(prepare: impl FnOnce(&Path)) -> Watched {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let (sender, events) = mpsc::channel(4);
        let task = tokio::spawn(Directory::new(folder.path().to_owned(), sender).run());
        let mut watched = Watched {
            folder,
            events,
            task,
            pools: BTreeMap::new(),
            created: BTreeMap::new(),
            synced: false,
        };
        while !watched.synced {
            watched.hear().await;
        }
        watched
    }

    async fn hear(&mut self) {
        let event = timeout(DEADLINE, self.events.recv()).await;
        let event = event.unwrap_or_else(|_| panic!("no event; in force: {:?}", self.pools));
        match event.expect("the folder is followed") {
            Event::Upsert(id, Object::IPAddressPool(pool)) => {
                let created = pool.metadata.creation_timestamp.clone().unwrap().0;
                self.created.insert(id.name.clone(), created);
                self.pools.insert(id.name, pool.spec.addresses.join(" "));
            }
            Event::Delete(id) => drop(self.pools.remove(&id.name)),
            Event::Synced => self.synced = true,
            Event::Upsert(..) => {}
        }
    }

    async fn until(&mut self, pools: &[(&str, &str)]) {
        let wanted: BTreeMap<String, String> = pools
            .iter()
            .map(|(name, range)| ((*name).to_owned(), (*range).to_owned()))
            .collect();
        while self.pools != wanted {
            self.hear().await;
        }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).unwrap();
    }
}

fn pool(name: &str, range: &str) -> String {
    format!(
        "---\napiVersion: bellwether.dev/v1alpha1\nkind: IPAddressPool\n\
         metadata: {{name: {name}}}\nspec: {{addresses: [{range}]}}\n"
    )
}

#[tokio::test]
async fn what_is_there_is_told_before_synced() {
    let mut watched = Watched::start(|folder| {
        fs::write(folder.join("a.yaml"), pool("a", "10.0.0.0/24")).unwrap();
        fs::write(folder.join("b.yml"), pool("b", "10.0.1.0/24")).unwrap();
        fs::write(folder.join(".hidden.yaml"), pool("c", "10.0.2.0/24")).unwrap();
        fs::write(folder.join("notes.txt"), pool("d", "10.0.3.0/24")).unwrap();
    })
    .await;
    watched
        .until(&[("a", "10.0.0.0/24"), ("b", "10.0.1.0/24")])
        .await;
}

#[tokio::test]
async fn files_that_come_change_and_go_are_followed() {
    let mut watched = Watched::start(|_| {}).await;
    watched.write("a.yaml", &pool("a", "10.0.0.0/24"));
    watched.until(&[("a", "10.0.0.0/24")]).await;
    watched.write("a.yaml", &pool("a", "10.0.1.0/24"));
    watched.until(&[("a", "10.0.1.0/24")]).await;
    fs::remove_file(watched.folder.path().join("a.yaml")).unwrap();
    watched.until(&[]).await;
}

#[tokio::test]
async fn a_file_renamed_into_place_is_read() {
    let mut watched = Watched::start(|_| {}).await;
    let folder = watched.folder.path().to_owned();
    for range in ["10.0.0.0/24", "10.0.1.0/24"] {
        watched.write(".a.yaml.tmp", &pool("a", range));
        fs::rename(folder.join(".a.yaml.tmp"), folder.join("a.yaml")).unwrap();
        watched.until(&[("a", range)]).await;
    }
    fs::rename(folder.join("a.yaml"), folder.join("b.yaml")).unwrap();
    watched.write("c.yaml", &pool("c", "10.0.2.0/24"));
    watched
        .until(&[("a", "10.0.1.0/24"), ("c", "10.0.2.0/24")])
        .await;
}

#[tokio::test]
async fn a_configmap_that_is_swapped_is_read_again() {
    let fill = |folder: &Path, version: &str, range: &str| {
        fs::create_dir(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("a.yaml"), pool("a", range)).unwrap();
        symlink(version, folder.join("..data_tmp")).unwrap();
        fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    };
    let mut watched = Watched::start(|folder| {
        fill(folder, "..1", "10.0.0.0/24");
        symlink("..data/a.yaml", folder.join("a.yaml")).unwrap();
    })
    .await;
    watched.until(&[("a", "10.0.0.0/24")]).await;
    fill(watched.folder.path(), "..2", "10.0.1.0/24");
    fs::remove_dir_all(watched.folder.path().join("..1")).unwrap();
    watched.until(&[("a", "10.0.1.0/24")]).await;
}

#[tokio::test]
async fn a_burst_of_writes_ends_with_the_last() {
    let mut watched = Watched::start(|_| {}).await;
    for round in 0..=200 {
        watched.write("a.yaml", &pool("a", &format!("10.0.{round}.0/24")));
        let passing = format!("{round}.yaml");
        watched.write(&passing, &pool("b", "10.1.0.0/24"));
        fs::remove_file(watched.folder.path().join(passing)).unwrap();
    }
    watched.until(&[("a", "10.0.200.0/24")]).await;
}

#[tokio::test]
async fn a_pipe_or_a_file_without_an_end_holds_nothing_up() {
    let mut watched = Watched::start(|folder| {
        mkfifo(&folder.join("first.yaml"), Mode::S_IRWXU).unwrap();
        symlink("/dev/zero", folder.join("zero.yaml")).unwrap();
    })
    .await;
    let folder = watched.folder.path().to_owned();
    mkfifo(&folder.join(".pipe"), Mode::S_IRWXU).unwrap();
    fs::rename(folder.join(".pipe"), folder.join("pipe.yaml")).unwrap();
    symlink("/dev/zero", folder.join("more.yaml")).unwrap();
    watched.write("a.yaml", &pool("a", "10.0.0.0/24"));
    watched.until(&[("a", "10.0.0.0/24")]).await;
}

#[tokio::test]
async fn what_is_there_at_the_start_was_made_at_once_and_what_comes_later_after_it() {
    let mut watched = Watched::start(|folder| {
        fs::write(folder.join("b.yaml"), pool("b", "10.0.0.0/24")).unwrap();
        fs::write(folder.join("c.yaml"), pool("c", "10.0.1.0/24")).unwrap();
    })
    .await;
    watched.write("a.yaml", &pool("a", "10.0.2.0/24"));
    while !watched.created.contains_key("a") {
        watched.hear().await;
    }
    let created = &watched.created;
    assert_eq!(created["b"], created["c"]);
    assert!(created["b"] < created["a"], "{created:?}");
}

#[tokio::test]
async fn an_editor_that_moves_the_old_file_away_deletes_nothing() {
    let mut watched = Watched::start(|folder| {
        fs::write(folder.join("a.yaml"), pool("a", "10.0.0.0/24")).unwrap();
    })
    .await;
    let folder = watched.folder.path().to_owned();
    fs::rename(folder.join("a.yaml"), folder.join("a.yaml~")).unwrap();
    watched.write("a.yaml", &pool("a", "10.0.1.0/24"));
    watched.hear().await;
    assert_eq!(
        watched.pools.get("a").map(String::as_str),
        Some("10.0.1.0/24")
    );
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error_and_not_a_deletion() {
    let mut watched = Watched::start(|folder| {
        fs::write(folder.join("a.yaml"), pool("a", "10.0.0.0/24")).unwrap();
    })
    .await;
    let folder = watched.folder.path().to_owned();
    fs::rename(&folder, folder.with_extension("moved")).unwrap();
    assert_eq!(timeout(DEADLINE, watched.events.recv()).await, Ok(None));
    let error = watched.task.await.unwrap().unwrap_err();
    assert!(matches!(error, DirectoryError::Gone { .. }), "{error}");
    fs::remove_dir_all(folder.with_extension("moved")).unwrap();
}

#[tokio::test]
async fn a_folder_that_was_never_there_is_an_error() {
    let (sender, _events) = mpsc::channel(4);
    let error = Directory::new("/nonexistent/manifests".into(), sender)
        .run()
        .await
        .unwrap_err();
    let error = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(
        error.matches("/nonexistent/manifests").count(),
        1,
        "{error}"
    );
}
