//! Contract text in, Rust syntax out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde_json::Value;

use super::contract::{Contract, Problem, step};
use super::{client, mocks, steps};

/// The generated client for the contract `text`.
pub(crate) fn generate(text: &str) -> Result<syn::File, Problem> {
    let prepared = Prepared::of(text)?;
    let tokens = prepared.run(|generator| generator.generate_tokens(&prepared.spec))?;
    let mut file = prepared.parsed(syn::parse2(tokens))?;
    client::apply_steps(&mut file).map_err(|what| prepared.problem(what))?;
    Ok(file)
}

/// The typed mocks for the contract `text`.
pub(crate) fn generate_mocks(text: &str) -> Result<syn::File, Problem> {
    let prepared = Prepared::of(text)?;
    let spec = &prepared.spec;
    let tokens = prepared.run(|generator| generator.httpmock(spec, "::thordata_cdk::raw"))?;
    let fixed = mocks::apply_steps(&tokens.to_string()).map_err(|what| prepared.problem(what))?;
    prepared.parsed(syn::parse_str(&fixed))
}

/// The contract, bent into what the generator can compile.
struct Prepared {
    contract: Contract,
    spec: OpenAPI,
    settings: GenerationSettings,
}

impl Prepared {
    fn of(text: &str) -> Result<Self, Problem> {
        let mut contract = Contract::parse(text)?;
        let replacements = steps::apply(&mut contract)?;
        let spec = read(&contract.root).map_err(|error| {
            let what = error.to_string();
            contract.problem(
                &culprit(&contract.root, &what),
                format!("this is not OpenAPI 3.0: {what}"),
                "compare it with the OpenAPI 3.0.3 specification",
            )
        })?;
        let mut settings = GenerationSettings::new();
        settings
            .with_interface(InterfaceStyle::Positional)
            .with_inner_type(quote::quote! { ::thordata_cdk::raw::Hooks });
        settings.with_derive("PartialEq");
        for replacement in &replacements {
            let impls = std::iter::empty::<TypeImpl>();
            settings.with_replacement(&replacement.schema, &replacement.rust_type, impls);
        }
        Ok(Self {
            contract,
            spec,
            settings,
        })
    }

    fn run<T, E: ToString>(
        &self,
        make: impl FnOnce(&mut Generator) -> Result<T, E>,
    ) -> Result<T, Problem> {
        quiet(|| make(&mut Generator::new(&self.settings)))
            .map_err(|panic| self.problem(panic))?
            .map_err(|error| self.problem(error.to_string()))
    }

    fn parsed(&self, file: syn::Result<syn::File>) -> Result<syn::File, Problem> {
        file.map_err(|error| self.problem(format!("no valid Rust came out: {error}")))
    }

    fn problem(&self, what: String) -> Problem {
        self.contract.problem("", what, MEND)
    }
}

const MEND: &str = "undo the last change of the contract and make it in smaller steps";

fn read(root: &Value) -> Result<OpenAPI, serde_json::Error> {
    serde_json::from_value(root.clone())
}

/// The innermost node that the `complaint` is about: without it, the complaint is another or none.
fn culprit(root: &Value, complaint: &str) -> String {
    let complains = |root: &Value| read(root).is_err_and(|error| error.to_string() == complaint);
    let mut pointer = String::new();
    let mut root = root.clone();
    while let Some(names) = root.pointer(&pointer).map(names) {
        let without = |name: &String| with_only(&root, &pointer, |other| other != name);
        let guilty = names.iter().find(|name| !complains(&without(name)));
        // The same mistake may stand in several of them: then look at one alone.
        let alone = |name: &String| with_only(&root, &pointer, |other| other == name);
        let inside = !complains(&with_only(&root, &pointer, |_| false));
        let one = || names.iter().find(|name| inside && complains(&alone(name)));
        let guilty = guilty.or_else(one);
        let Some(name) = guilty else { break };
        if matches!(root.pointer(&pointer), Some(Value::Object(_))) && complains(&alone(name)) {
            root = alone(name);
        }
        pointer = format!("{pointer}/{}", step(name));
    }
    pointer
}

fn names(node: &Value) -> Vec<String> {
    match node {
        Value::Object(object) => object.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// `root`, with those children of the node at `pointer` whose name is to be kept.
fn with_only(root: &Value, pointer: &str, keep: impl Fn(&String) -> bool) -> Value {
    let mut root = root.clone();
    match root.pointer_mut(pointer) {
        Some(Value::Object(object)) => object.retain(|name, _| keep(name)),
        Some(Value::Array(items)) => {
            let mut index = 0..;
            items.retain(|_| keep(&index.next().unwrap_or(0).to_string()));
        }
        _ => {}
    }
    root
}

/// Runs the generator, which panics on some contracts, and keeps its backtrace off the screen.
fn quiet<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    std::panic::set_hook(hook);
    outcome.map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        format!("the generator gave up on it: {text}")
    })
}
