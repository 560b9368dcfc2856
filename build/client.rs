//! The named steps that correct the generated client. Each fails with an error when its target is missing.

use heck::ToSnakeCase;
use syn::{Expr, ImplItem, Item, Pat, Stmt};

use super::needs::Known;
use super::types::{self, text_of};

type Step = fn(&mut syn::File) -> Option<()>;

/// Each step, and what it looks for.
const STEPS: &[(&str, Step, &str)] = &[
    (
        "schemas_on_demand",
        types::schemas_on_demand,
        "module `types`",
    ),
    (
        "one_code_or_many",
        types::one_code_or_many,
        "array of voucher codes",
    ),
    (
        "objects_only",
        types::objects_only,
        "struct that derives `Deserialize`",
    ),
    (
        "room_to_grow",
        types::room_to_grow,
        "struct in the module `types`",
    ),
    (
        "promised_apart",
        types::promised_apart,
        "type that the root re-exports",
    ),
    ("parse_urls_once", parse_urls_once, "URL made by `format!`"),
    (
        "send_no_api_version",
        send_no_api_version,
        "header `api-version`",
    ),
];

/// `known`: see [`request_apart`].
pub(crate) fn apply_steps(
    file: &mut syn::File,
    version: &str,
    known: &Known,
) -> Result<(), String> {
    let fails = |name: &str, target: &str| {
        format!("the step `{name}` of build/client.rs finds no {target} in the generated client")
    };
    // In this order: `promised_apart` renames the module in which the steps before it look for the types.
    for (name, step, target) in STEPS {
        step(file).ok_or_else(|| fails(name, target))?;
    }
    // After the others: what it moves has been corrected by then.
    make_requests_apart(file, known).ok_or_else(|| {
        let target = "request that is made before its `OperationInfo`";
        fails("make_requests_apart", target)
    })?;
    file.items.push(syn::parse_quote! {
        /// `info.version` of the contract.
        pub(crate) const CONTRACT_VERSION: &str = #version;
    });
    Ok(())
}

/// The vendor documents no header `api-version`, which progenitor sends unasked, from a map of its own.
fn send_no_api_version(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for body in bodies(file) {
        let before = body.len();
        body.retain(|statement| !text_of(statement).contains("from_static (\"api-version\")"));
        if body.len() == before {
            continue;
        }
        found = Some(());
        // The contract's own headers would stand in the same map.
        let fills_it = |statement: &Stmt| text_of(statement).contains("header_map .");
        if body.iter().any(fills_it) {
            continue;
        }
        body.retain(|statement| declared(statement).is_none_or(|(name, _)| name != "header_map"));
        for statement in body {
            if let Stmt::Local(local) = statement
                && let Some(init) = &mut local.init
            {
                without_map(&mut init.expr);
            }
        }
    }
    found
}

/// Takes `.headers(header_map)` out of a chain of calls.
fn without_map(chain: &mut Expr) {
    match chain {
        Expr::Try(tried) => without_map(&mut tried.expr),
        Expr::MethodCall(call) => {
            without_map(&mut call.receiver);
            if call.method == "headers" {
                *chain = (*call.receiver).clone();
            }
        }
        _ => {}
    }
}

/// Has each method whose path is fixed ask the hooks for its URL, which parse it once and not at each call.
fn parse_urls_once(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for statement in bodies(file).flatten() {
        if let Some((url, path)) = fixed_path(statement) {
            *statement = syn::parse_quote! { let #url = self.inner.url(&self.baseurl, #path)?; };
            found = Some(());
        }
    }
    found
}

/// Has a function of its own make the request of each method, for `ClientInner` to send it its own way.
fn make_requests_apart(file: &mut syn::File, known: &Known) -> Option<()> {
    let known: Vec<_> = known
        .iter()
        .map(|(id, names)| (id.to_snake_case(), names))
        .collect();
    let mut found = None;
    for item in &mut file.items {
        let Item::Impl(block) = item else {
            continue;
        };
        let mut made = Vec::new();
        for member in &mut block.items {
            if let ImplItem::Fn(method) = member {
                let operation = method.sig.ident.to_string();
                let of = known.iter().find(|(name, _)| *name == operation);
                let requests = request_apart(method, of.map(|(_, names)| &***names));
                made.extend(requests.into_iter().flatten().map(ImplItem::Fn));
            }
        }
        found = found.or((!made.is_empty()).then_some(()));
        block.items.append(&mut made);
    }
    found
}

/// The function that makes the request of `method`, which calls it from now on. The wrapper calls it too, with the
/// parameters that it knows (`None`: all): if there are more, a function in between leaves them out.
fn request_apart(
    method: &mut syn::ImplItemFn,
    known: Option<&[String]>,
) -> Option<Vec<syn::ImplItemFn>> {
    let variable = |statement: &Stmt| declared(statement).map(|(name, _)| name.clone());
    let statements = &mut method.block.stmts;
    let end = statements
        .iter()
        .position(|other| variable(other).is_some_and(|name| is_named(&name, "info")))?;
    let variable = variable(statements.get(end.checked_sub(1)?)?)?;
    if !is_named(&variable, "request") {
        return None;
    }
    let mut making: Vec<Stmt> = statements.drain(..end).collect();
    let unsent = syn::parse_quote! { Ok(::thordata_cdk::raw::PreparedRequest::new(#variable)) };
    making.push(Stmt::Expr(unsent, None));
    let called = quote::format_ident!("{}_request", method.sig.ident);
    let unknown = |argument: &syn::PatType| {
        let name = text_of(&argument.pat);
        let is_known = |known: &[String]| known.iter().any(|known| known.to_snake_case() == name);
        // The body is the same in both contracts: `needs.rs` has compared it.
        name != "body" && known.is_some_and(|known| !is_known(known))
    };
    let arguments: Vec<_> = arguments(&method.sig).cloned().collect();
    let maker = if arguments.iter().any(unknown) {
        quote::format_ident!("{called}_of_all")
    } else {
        called.clone()
    };
    let names = arguments.iter().map(|argument| &argument.pat);
    let call = syn::parse_quote! { let mut #variable = self.#maker(#(#names),*)?.request; };
    method.block.stmts.insert(0, call);
    let mut request = method.clone();
    request.attrs.clear();
    request.vis = syn::parse_quote! { pub(crate) };
    // Only sending waits.
    request.sig.asyncness = None;
    request.sig.ident = maker.clone();
    // `Result<ResponseValue<..>, Error<()>>`: what is promised of the reply comes along.
    let output = text_of(&method.sig.output)
        .replacen("ResponseValue", "::thordata_cdk::raw::PreparedRequest", 1)
        .replacen("Error < () >", "::thordata_cdk::raw::BuildRequestError", 1);
    request.sig.output = syn::parse_str(&output).ok()?;
    request.block.stmts = making;
    let mut made = vec![request];
    if maker != called {
        let mut between = made.first()?.clone();
        between.sig.ident = called;
        let inputs = std::mem::take(&mut between.sig.inputs).into_iter();
        between.sig.inputs = inputs
            .filter(|input| !matches!(input, syn::FnArg::Typed(argument) if unknown(argument)))
            .collect();
        let values = arguments.iter().map(|argument| -> Expr {
            let name = &argument.pat;
            if unknown(argument) {
                syn::parse_quote! { None }
            } else {
                syn::parse_quote! { #name }
            }
        });
        between.block = syn::parse_quote! {{ self.#maker(#(#values),*) }};
        made.push(between);
    }
    Some(made)
}

fn arguments(signature: &syn::Signature) -> impl Iterator<Item = &syn::PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(argument) => Some(argument),
        syn::FnArg::Receiver(_) => None,
    })
}

/// What the generated methods do.
fn bodies(file: &mut syn::File) -> impl Iterator<Item = &mut Vec<Stmt>> {
    let blocks = file.items.iter_mut().filter_map(|item| match item {
        Item::Impl(block) => Some(&mut block.items),
        _ => None,
    });
    blocks.flatten().filter_map(|member| match member {
        ImplItem::Fn(method) => Some(&mut method.block.stmts),
        _ => None,
    })
}

/// `name` and `value` of `let name = value;`.
fn declared(statement: &Stmt) -> Option<(&syn::Ident, &Expr)> {
    let Stmt::Local(local) = statement else {
        return None;
    };
    let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else {
        return None;
    };
    Some((&name.ident, &init.expr))
}

/// A variable of the generator's has underscores in front if a parameter has its name.
fn is_named(variable: &syn::Ident, name: &str) -> bool {
    variable.to_string().trim_start_matches('_') == name
}

/// `url` and `/path` of `let url = format!("{}/path", self.baseurl);`.
fn fixed_path(statement: &Stmt) -> Option<(syn::Ident, String)> {
    let Some((name, Expr::Macro(format))) = declared(statement) else {
        return None;
    };
    if !is_named(name, "url") || !format.mac.path.is_ident("format") {
        return None;
    }
    type Arguments = syn::punctuated::Punctuated<Expr, syn::Token![,]>;
    let arguments = format.mac.parse_body_with(Arguments::parse_terminated);
    let mut arguments = arguments.ok()?.into_iter();
    let (Some(Expr::Lit(template)), Some(base), None) =
        // A third argument is a parameter in the path: such a URL differs from call to call.
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return None;
    };
    let syn::Lit::Str(template) = template.lit else {
        return None;
    };
    let path = template.value().strip_prefix("{}")?.to_owned();
    let of_client = quote::quote!(self.baseurl).to_string();
    (quote::quote!(#base).to_string() == of_client).then(|| (name.clone(), path))
}
