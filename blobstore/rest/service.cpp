// Operations on the service as a whole.
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/xml_writer.h"

namespace blobstore::rest {
namespace {

constexpr std::string_view kOff = "false";

void print_off(wire::blob::XmlWriter& xml, std::string_view name, bool is_metrics) {
  xml.open(name).element("Version", "1.0");
  if (is_metrics) {
    xml.element("Enabled", kOff);
  } else {
    xml.element("Delete", kOff).element("Read", kOff).element("Write", kOff);
  }
  xml.open("RetentionPolicy").element("Enabled", kOff).close("RetentionPolicy").close(name);
}

}  // namespace

/// What is in force: nothing of it can be switched on (Set Blob Service Properties is not offered).
Answer service_get_properties(Backend& /*backend*/, Call& /*call*/) {
  wire::blob::XmlWriter xml;
  xml.open("StorageServiceProperties");
  print_off(xml, "Logging", false);
  print_off(xml, "HourMetrics", true);
  print_off(xml, "MinuteMetrics", true);
  xml.element("Cors", "");
  xml.open("DeleteRetentionPolicy").element("Enabled", kOff).close("DeleteRetentionPolicy");
  xml.open("StaticWebsite").element("Enabled", kOff).close("StaticWebsite");
  xml.close("StorageServiceProperties");
  co_return xml_response(std::move(xml).take());
}

}  // namespace blobstore::rest
