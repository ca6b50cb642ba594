// The bytes of a certificate as it was uploaded: are they what they are said to be, and what of them is public.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace emulator::rest {

/// Reads a PKCS#12 store (`password` opens it) or a certificate in DER or PEM. Gives the DER of the certificate: of a
/// store that with the private key, else its first. invalid_argument, without a word of the content, when it is none.
base::Result<std::string> certificate_in_pfx(std::string_view bytes, const std::string& password);
base::Result<std::string> certificate_in_cer(std::string_view bytes);

/// Lower-case hexadecimal SHA-1 of the DER: the thumbprint.
std::string thumbprint_of(std::string_view der);

}  // namespace emulator::rest
