//! The named steps that correct the generated client, each of which fails loudly when its target
//! has gone.

use syn::{Expr, ImplItem, Item, Pat, Stmt};

type Step = fn(&mut syn::File) -> Option<()>;

/// Each step, and what it looks for.
const STEPS: &[(&str, Step, &str)] = &[
    ("schemas_on_demand", schemas_on_demand, "module `types`"),
    (
        "one_code_or_many",
        one_code_or_many,
        "array of voucher codes",
    ),
    (
        "objects_only",
        objects_only,
        "struct that derives `Deserialize`",
    ),
    ("parse_urls_once", parse_urls_once, "URL made by `format!`"),
    (
        "make_requests_apart",
        make_requests_apart,
        "request that is made before its `OperationInfo`",
    ),
];

pub(crate) fn apply_steps(file: &mut syn::File) -> Result<(), String> {
    for (name, step, target) in STEPS {
        step(file).ok_or_else(|| {
            format!(
                "the step `{name}` of build/client.rs finds no {target} in the generated client"
            )
        })?;
    }
    Ok(())
}

/// Has each generated type derive `JsonSchema` if the feature is on when it is compiled, so that one text
/// serves both.
fn schemas_on_demand(file: &mut syn::File) -> Option<()> {
    let types = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    for item in &mut types?.1 {
        if let Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. }) = item
        {
            attrs.push(syn::parse_quote! {
                #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
            });
        }
    }
    Some(())
}

/// Has a required array of codes take one string as well: the vendor's table types it so, its example does not.
fn one_code_or_many(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for field in fields(file) {
        if text_of(&field.ty) == ":: std :: vec :: Vec < :: thordata_cdk :: CdkCode >" {
            field.attrs.push(syn::parse_quote! {
                #[serde(deserialize_with = "::thordata_cdk::raw::one_code_or_many")]
            });
            found = Some(());
        }
    }
    found
}

/// Has each generated struct be read from an object alone: a derived reader takes an array as well, and fills the
/// fields by their position.
fn objects_only(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "types") else {
            continue;
        };
        let mut readers = Vec::new();
        for item in items.iter_mut() {
            if let Item::Struct(structure) = item
                && let Some(reader) = object_reader(structure)
            {
                readers.push(Item::Impl(reader));
                found = Some(());
            }
        }
        items.append(&mut readers);
    }
    found
}

/// The reader of a struct that derived one, by way of a copy with the same fields. The struct derives none from
/// now on.
fn object_reader(structure: &mut syn::ItemStruct) -> Option<syn::ItemImpl> {
    let mut fields = structure.fields.clone();
    let mut derived = false;
    for attribute in &mut structure.attrs {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        type Paths = syn::punctuated::Punctuated<syn::Path, syn::Token![,]>;
        let paths = attribute.parse_args_with(Paths::parse_terminated).ok()?;
        let kept: Paths = paths
            .into_iter()
            .filter(|path| {
                let reader = text_of(path) == ":: serde :: Deserialize";
                derived |= reader;
                !reader
            })
            .collect();
        *attribute = syn::parse_quote! { #[derive(#kept)] };
    }
    if !derived {
        return None;
    }
    for field in &mut fields {
        field.vis = syn::Visibility::Inherited;
        // The rest is documentation, and how it is written.
        field.attrs.retain(|attribute| {
            attribute.path().is_ident("serde")
                && !text_of(attribute).contains("skip_serializing_if")
        });
        if text_of(&field.ty).starts_with(":: std :: option :: Option <") {
            field.attrs.push(syn::parse_quote! {
                #[serde(default, deserialize_with = "::thordata_cdk::raw::readable_or_absent")]
            });
        }
    }
    let name = &structure.ident;
    let members: Vec<_> = fields.members().collect();
    for field in &mut structure.fields {
        field.attrs.retain(|attribute| {
            !(attribute.path().is_ident("serde") && text_of(attribute).contains("deserialize_with"))
        });
    }
    let fields: Vec<_> = fields.iter().collect();
    Some(syn::parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                #[derive(::serde::Deserialize)]
                struct Fields { #(#fields),* }
                let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
                Ok(Self { #(#members: fields.#members),* })
            }
        }
    })
}

/// The fields of the generated structs.
fn fields(file: &mut syn::File) -> impl Iterator<Item = &mut syn::Field> {
    let modules = file.items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let structs = modules
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(structure) => Some(&mut structure.fields),
            _ => None,
        });
    structs.flatten()
}

/// Has each method whose path is fixed ask the hooks for its URL, which parse it once and not at each call.
fn parse_urls_once(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for statement in bodies(file).flatten() {
        if let Some(path) = fixed_path(statement) {
            *statement = syn::parse_quote! { let url = self.inner.url(&self.baseurl, #path)?; };
            found = Some(());
        }
    }
    found
}

/// Has a function of its own make the request of each method, for `ClientInner` to send it its own way.
fn make_requests_apart(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for item in &mut file.items {
        let Item::Impl(block) = item else {
            continue;
        };
        let mut made = Vec::new();
        for member in &mut block.items {
            if let ImplItem::Fn(method) = member
                && let Some(request) = request_apart(method)
            {
                made.push(ImplItem::Fn(request));
                found = Some(());
            }
        }
        block.items.append(&mut made);
    }
    found
}

/// The function that makes the request of `method`, which calls it from now on.
fn request_apart(method: &mut syn::ImplItemFn) -> Option<syn::ImplItemFn> {
    let name = |statement: &Stmt| declared(statement).map(|(name, _)| name);
    let statements = &mut method.block.stmts;
    let end = statements
        .iter()
        .position(|other| name(other).as_deref() == Some("info"))?;
    if name(statements.get(end.checked_sub(1)?)?).as_deref() != Some("request") {
        return None;
    }
    let mut making: Vec<Stmt> = statements.drain(..end).collect();
    let unsent = syn::parse_quote! { Ok(::thordata_cdk::raw::PreparedRequest::new(request)) };
    making.push(Stmt::Expr(unsent, None));
    let maker = quote::format_ident!("{}_request", method.sig.ident);
    let arguments = method.sig.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(argument) => Some(&argument.pat),
        syn::FnArg::Receiver(_) => None,
    });
    let call = syn::parse_quote! { let mut request = self.#maker(#(#arguments),*)?.request; };
    method.block.stmts.insert(0, call);
    let mut request = method.clone();
    request.attrs.clear();
    request.vis = syn::parse_quote! { pub(crate) };
    request.sig.asyncness = None;
    request.sig.ident = maker;
    // `Result<ResponseValue<..>, Error<()>>`: what is promised of the reply comes along.
    let output = text_of(&method.sig.output)
        .replacen("ResponseValue", "::thordata_cdk::raw::PreparedRequest", 1)
        .replacen("Error < () >", "::thordata_cdk::raw::BuildRequestError", 1);
    request.sig.output = syn::parse_str(&output).ok()?;
    request.block.stmts = making;
    Some(request)
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

fn text_of(syntax: &impl quote::ToTokens) -> String {
    quote::quote!(#syntax).to_string()
}

/// `name` and `value` of `let name = value;`.
fn declared(statement: &Stmt) -> Option<(String, &Expr)> {
    let Stmt::Local(local) = statement else {
        return None;
    };
    let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else {
        return None;
    };
    Some((name.ident.to_string(), &init.expr))
}

/// `/path` of `let url = format!("{}/path", self.baseurl);`.
fn fixed_path(statement: &Stmt) -> Option<String> {
    let Some((name, Expr::Macro(format))) = declared(statement) else {
        return None;
    };
    if name != "url" || !format.mac.path.is_ident("format") {
        return None;
    }
    type Arguments = syn::punctuated::Punctuated<Expr, syn::Token![,]>;
    let arguments = format.mac.parse_body_with(Arguments::parse_terminated);
    let mut arguments = arguments.ok()?.into_iter();
    let (Some(Expr::Lit(template)), Some(base), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return None;
    };
    let syn::Lit::Str(template) = template.lit else {
        return None;
    };
    let path = template.value().strip_prefix("{}")?.to_owned();
    let of_client = quote::quote!(self.baseurl).to_string();
    (quote::quote!(#base).to_string() == of_client).then_some(path)
}
