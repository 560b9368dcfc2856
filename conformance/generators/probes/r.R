given <- commandArgs(trailingOnly = TRUE)
library(R6)
library(jsonlite)
library(stringr)
library(base64enc)
for (path in list.files("client/R", full.names = TRUE)) source(path)
api_client <- ApiClient$new(base_path = given[1])
api_client$api_keys["token"] <- given[2]
api_client$api_keys["key"] <- given[3]
api <- CdkApi$new(api_client)
create <- function() api$CreateCdks(3, 2)$actual_instance
if (given[4] == "calls") {
  codes <- create()$data$cdk
  listed <- api$ListCdks()$actual_instance$data
  status <- api$GetCdk(codes[[1]])$actual_instance$data$status
  revoked <- api$RevokeCdk(codes[[1]])$actual_instance$toSimpleType()$code
  cat(length(codes), length(listed), status, revoked, "\n")
} else if (given[4] == "create") {
  cat(create()$code, "\n")
} else {
  cat(api$GetCdk(given[5])$actual_instance$data$status, "\n")
}
