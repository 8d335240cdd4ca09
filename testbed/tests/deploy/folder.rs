//! Files that are bound into nodes.

use std::fs;

use testbed::{Lab, Options};

use crate::support::{deploy, pair};

#[test]
fn a_bound_file_is_seen_at_its_target_and_read_only_if_so_said() {
    needs_root!();
    let folder = pair(
        "binds",
        "binds: [greeting:/etc/new/greeting:ro, greeting:/srv/greeting]",
    );
    fs::write(folder.path().join("greeting"), "hello\n").unwrap();
    let lab = deploy(&folder);
    assert_eq!(
        lab.output("a", &["cat", "/etc/new/greeting"]).unwrap(),
        "hello\n"
    );
    let write = |file: &str| {
        lab.exec("a", &["sh", "-c", &format!("echo bye >{file}")])
            .unwrap()
    };
    assert!(!write("/etc/new/greeting").status.success());
    assert!(write("/srv/greeting").status.success());
    assert_eq!(
        fs::read_to_string(folder.path().join("greeting")).unwrap(),
        "bye\n"
    );
}

#[test]
fn files_of_a_private_copy_can_be_changed_while_the_lab_runs() {
    needs_root!();
    let folder = pair("copy", "binds: [manifests:/etc/manifests:ro]");
    fs::create_dir(folder.path().join("manifests")).unwrap();
    fs::write(folder.path().join("manifests/one"), "as it was").unwrap();
    let options = Options {
        private_copy: true,
        ..Options::default()
    };
    let lab = Lab::deploy(folder.path(), &options).unwrap();

    fs::write(lab.folder().join("manifests/one"), "changed").unwrap();
    fs::write(lab.folder().join("manifests/two"), "added").unwrap();
    let seen = lab
        .output(
            "a",
            &["sh", "-c", "cat /etc/manifests/one /etc/manifests/two"],
        )
        .unwrap();
    assert_eq!(seen, "changedadded");
    let original = fs::read_to_string(folder.path().join("manifests/one")).unwrap();
    assert_eq!(original, "as it was");
}
