// Shared access signatures: one string-to-sign for those who sign and those who verify.
// ("Create an account SAS", "Create a service SAS"; the strings were compared with azure-storage-blob 1.4.0 and 12.31.)
//
// A SAS is a handful of query parameters. What is signed depends on sv: 2013-08-15 added the response headers,
// 2015-02-21 "/blob" in front of the resource, 2015-04-05 address and protocol, 2018-11-09 the kind of resource and the
// snapshot, 2020-12-06 the encryption scope. A user delegation SAS is a service SAS signed with a user delegation key:
// it carries the key's fields in the identifier's place, since 2020-02-10 also whom it was made for, since 2025-07-05
// two lines for a tenant and a user that it may be bound to, since 2026-04-06 two for bound headers and parameters.
// Directory, snapshot and version SAS and those bindings are known and refused by name.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/blob/access_policy.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace wire::blob {

/// The parameters of one SAS, percent-decoded, as written.
struct Sas {
  std::string version;              ///< sv
  std::string permissions;          ///< sp
  std::string start;                ///< st
  std::string expiry;               ///< se
  std::string address;              ///< sip: one IP address or first-last
  std::string protocol;             ///< spr
  std::string encryption_scope;     ///< ses
  std::string signature;            ///< sig: base64
  std::string services;             ///< ss   (account SAS)
  std::string resource_types;       ///< srt  (account SAS)
  std::string resource;             ///< sr   (service SAS): "b" or "c"
  std::string identifier;           ///< si   (service SAS): a stored access policy
  std::string cache_control;        ///< rscc
  std::string content_disposition;  ///< rscd
  std::string content_encoding;     ///< rsce
  std::string content_language;     ///< rscl
  std::string content_type;         ///< rsct

  // Of a user delegation SAS: the key it is signed with, and for whom.
  std::string key_object_id;        ///< skoid
  std::string key_tenant;           ///< sktid
  std::string key_start;            ///< skt
  std::string key_expiry;           ///< ske
  std::string key_service;          ///< sks
  std::string key_version;          ///< skv
  std::string authorized_object;    ///< saoid
  std::string unauthorized_object;  ///< suoid
  std::string correlation_id;       ///< scid

  /// An account SAS has ss and srt; everything else is a service SAS.
  [[nodiscard]] bool is_account_sas() const { return !services.empty() || !resource_types.empty(); }
  /// A service SAS that is signed with a user delegation key.
  [[nodiscard]] bool is_user_delegation() const { return !key_object_id.empty(); }
};

using QueryFields = std::span<const std::pair<std::string, std::string>>;

/// Whether the (decoded) query carries a SAS: it has sig.
bool carries_sas(QueryFields query);
/// Reads the SAS out of a decoded query. AuthenticationFailed, with the reason as detail: a parameter given twice, sv
/// or se missing or unknown, account and service parameters mixed. NotImplemented, by name: directory, snapshot and
/// version SAS, and what binds a SAS to a user, to headers or to parameters.
base::Result<Sas> parse_sas(QueryFields query);

/// The string that is signed. `container` and `blob` are decoded names; blob is unused for an account or container SAS.
std::string sas_string_to_sign(const Sas& sas, std::string_view account, std::string_view container,
                               std::string_view blob);
/// AuthenticationFailed unless the signature is the key's (the account's, or the user delegation key's) for this
/// resource.
base::Result<void> check_sas_signature(const Sas& sas, std::string_view account, std::string_view key,
                                       std::string_view container, std::string_view blob);
/// The SAS with what it leaves to its policy filled in. AuthenticationFailed when both give the same field.
base::Result<Sas> merge_policy(Sas sas, const AccessPolicy& policy);
/// Time, protocol and address: AuthenticationFailed, AuthorizationProtocolMismatch, AuthorizationSourceIPMismatch.
base::Result<void> check_sas_circumstances(const Sas& sas, base::Timestamp now, std::string_view peer_address,
                                           bool secure);

/// Signs and returns the query string, without '?'. `key` is raw.
std::string sign_sas(Sas sas, std::string_view account, std::string_view key, std::string_view container = {},
                     std::string_view blob = {});
/// The usual three, valid from now on until `expiry`, for any protocol. Permissions in the service's order (racwdl...).
std::string sign_container_sas(std::string_view account, std::string_view key, std::string_view container,
                               std::string_view permissions, base::Timestamp expiry, std::string_view version);
std::string sign_blob_sas(std::string_view account, std::string_view key, std::string_view container,
                          std::string_view blob, std::string_view permissions, base::Timestamp expiry,
                          std::string_view version);
std::string sign_account_sas(std::string_view account, std::string_view key, std::string_view resource_types,
                             std::string_view permissions, base::Timestamp expiry, std::string_view version);

}  // namespace wire::blob
