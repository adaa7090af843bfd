#pragma once
// Certificates for one test program, made by the openssl command in a directory that goes with it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sluice {

class Certificates {
 public:
  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    directory_ = pattern;
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-authority "
        "-keyout ca.key -out ca.pem");
    issue("good", "IP:127.0.0.1,DNS:localhost", "-days 2");
    issue("wrong_host", "DNS:elsewhere.example", "-days 2");
    issue("expired", "IP:127.0.0.1,DNS:localhost", "-days -1");
    issue_later("not_yet_valid", "IP:127.0.0.1,DNS:localhost");
    issue("weak_key", "IP:127.0.0.1,DNS:localhost", "-days 2", "rsa:1024");
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout self_signed.key -out self_signed.pem");
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  static const Certificates& instance() {
    static const Certificates certificates;
    return certificates;
  }

  std::string authority() const { return directory_ / "ca.pem"; }
  std::string certificate(const std::string& name) const { return directory_ / (name + ".pem"); }
  std::string key(const std::string& name) const { return directory_ / (name + ".key"); }

 private:
  void request(const std::string& name, const std::string& names, const std::string& key) const {
    std::ofstream(directory_ / (name + ".ext")) << "subjectAltName=" << names << "\n";
    run("req -newkey " + key + " -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name + ".csr");
  }

  void issue(const std::string& name, const std::string& names, const std::string& days,
             const std::string& key = "ec -pkeyopt ec_paramgen_curve:P-256") const {
    request(name, names, key);
    run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile " + name + ".ext " + days +
        " -out " + name + ".pem");
  }

  /// Only `openssl ca` can begin later than now.
  void issue_later(const std::string& name, const std::string& names) const {
    request(name, names, "ec -pkeyopt ec_paramgen_curve:P-256");
    std::ofstream(directory_ / "ca.index");
    std::ofstream(directory_ / "ca.cnf") << "[ca]\ndefault_ca = here\n[here]\nnew_certs_dir = .\ndatabase = ca.index\n"
                                            "default_md = sha256\npolicy = any\nrand_serial = yes\n"
                                            "[any]\ncommonName = supplied\n";
    run("ca -batch -notext -config ca.cnf -in " + name + ".csr -cert ca.pem -keyfile ca.key -extfile " + name +
        ".ext -startdate 20900101000000Z -enddate 20910101000000Z -out " + name + ".pem");
  }

  void run(const std::string& arguments) const {
    const std::string command = "cd '" + directory_.string() + "' && openssl " + arguments + " >openssl.log 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  std::filesystem::path directory_;
};

}  // namespace sluice
