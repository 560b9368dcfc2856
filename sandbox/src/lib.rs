//! A stateful local server for the Thordata CDK contract.
