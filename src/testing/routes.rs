//! Every route that the router has, read off the router itself, so that none can be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;

const METHODS: [&str; 6] = ["get", "head", "delete", "patch", "post", "put"];

/// Method and path, as in `("GET", "/api/sessions/{id}")`. The router tells it only in what it prints for
/// debugging; another print than the one known here fails.
pub fn routes(router: &Router) -> BTreeSet<(String, String)> {
    let text = format!("{router:?}");
    let text = text.split("fallback_router").next().unwrap();
    let (endpoints, paths) = text.split_once("paths: {").expect("the router prints its paths");
    let id = |text: &str| text.split(')').next().unwrap().parse::<u32>().unwrap();
    let paths: BTreeMap<u32, &str> = paths
        .split("RouteId(")
        .skip(1)
        .map(|part| (id(part), part.split('"').nth(1).expect("a path in quotes")))
        .collect();
    let mut all = BTreeSet::new();
    let mut seen = 0;
    for part in endpoints.split("RouteId(").skip(1).filter(|part| part.contains("MethodRouter(")) {
        seen += 1;
        for method in METHODS {
            let (_, kind) = part.split_once(&format!("{method}: ")).expect("an endpoint prints its methods");
            if !kind.starts_with("None") {
                all.insert((method.to_uppercase(), paths[&id(part)].to_owned()));
            }
        }
    }
    assert!(seen > 50 && seen == paths.len(), "{seen} endpoints, {} paths", paths.len());
    all
}

/// Whether a path is of this shape: `/a/{id}/b` is `/a/17/b`.
pub fn has_shape(path: &str, shape: &str) -> bool {
    let path: Vec<_> = path.split('?').next().unwrap().split('/').collect();
    let shape: Vec<_> = shape.split('/').collect();
    path.len() == shape.len() && path.iter().zip(&shape).all(|(part, known)| known.starts_with('{') || part == known)
}
