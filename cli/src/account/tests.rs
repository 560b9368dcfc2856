use super::*;

#[test]
fn a_host_is_its_scheme_name_and_port() {
    for (one, other, same) in [
        (
            "https://api.thordata.com",
            "https://API.thordata.com:443/",
            true,
        ),
        (
            "https://api.thordata.com",
            "https://api.thordata.com/prefix",
            true,
        ),
        ("https://api.thordata.com", "http://api.thordata.com", false),
        (
            "https://api.thordata.com",
            "https://api.thordata.com:8443",
            false,
        ),
        (
            "https://api.thordata.com",
            "https://api.thordata.com.evil.example",
            false,
        ),
        (
            "https://api.thordata.com",
            "https://api.thordata.com@evil.example",
            false,
        ),
        ("http://127.0.0.1:1", "http://localhost:1", false),
        ("nonsense", "nonsense", false),
        ("data:a", "data:a", false),
    ] {
        assert_eq!(same_host(one, other), same, "{one} {other}");
    }
}

#[test]
fn the_name_of_a_profile_is_the_name_of_a_visible_file() {
    let longest = "a".repeat(64);
    for name in [longest.as_str(), "a", "shop-1_b.c", "9"] {
        assert_eq!(check_name(name).as_deref(), Ok(name));
    }
    let too_long = "a".repeat(65);
    for name in [&too_long, "", ".", ".a", "a/b", "../a", "a b", "é"] {
        assert!(check_name(name).is_err(), "{name}");
    }
}

#[test]
fn stored_profiles_are_sorted_and_other_files_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders {
        config: folder.path().to_owned(),
        data: folder.path().to_owned(),
    };
    let profiles = folder.path().join("profiles");
    assert_eq!(folders.profile_names().unwrap(), [""; 0]);
    std::fs::write(&profiles, "").unwrap();
    assert!(folders.profile_names().is_err());
    std::fs::remove_file(&profiles).unwrap();
    std::fs::create_dir(&profiles).unwrap();
    for name in ["b.json", "a.json", ".c.json", "d.txt", "e f.json"] {
        std::fs::write(profiles.join(name), "").unwrap();
    }
    assert_eq!(folders.profile_names().unwrap(), ["a", "b"]);
}

#[test]
fn the_end_of_a_secret_is_shown_only_of_a_long_one() {
    assert_eq!(last_four("abcdefghijklmnop"), "…mnop");
    assert_eq!(last_four("abcdefghijklmno"), "…");
    assert_eq!(last_four(""), "…");
}
