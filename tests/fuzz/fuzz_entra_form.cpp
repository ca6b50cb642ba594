// What strangers send to the token service: forms, scopes, resources and tenants. Nothing may be issued for what is no
// emulated service, whatever the scope looks like.
#include "emulator/entra/form.h"
#include "emulator/entra/scopes.h"
#include "emulator/entra/tenants.h"
#include "wire/entra/audience.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace emulator::entra;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto tenant = tenant_id(text);
  if (tenant && !is_guid(*tenant)) std::abort();
  const auto scope = read_scope(text, Asker::application);
  if (scope && !wire::entra::resource_of(scope->resource)) std::abort();
  const auto form = Form::parse(text);
  if (!form) return 0;
  (void)read_scope(form->get("scope"), Asker::user);
  const auto resource = read_resource(form->get("resource"));
  if (resource && !wire::entra::resource_of(resource->resource)) std::abort();
  return 0;
}
