package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkReaderTest {

  private static DeviceSettingsReader.Outcome read(String network) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, network: "
                + network.replace('\'', '"')
                + "}"));
  }

  @Test
  void readsAProxy() {
    assertThat(
            read(
                "{proxy: {https: 'http://[fd00::1]:3128', noProxy: [.local, 10.0.0.0/8], username: dev,"
                    + " passwordFile: /etc/sandbar/proxy}, caFile: /etc/sandbar/ca.pem}"))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Read.class,
            it ->
                assertThat(it.settings().network())
                    .isEqualTo(
                        new NetworkSettings(
                            new ProxyAddress("fd00::1", 3128),
                            List.of(".local", "10.0.0.0/8"),
                            "dev",
                            "/etc/sandbar/proxy",
                            "/etc/sandbar/ca.pem")));
    assertThat(new ProxyAddress("fd00::1", 3128)).hasToString("[fd00::1]:3128");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{proxy: {https: 'https://proxy:3128'}}|is not the address of an HTTP proxy|write http://HOST:PORT: https is spoken through the proxy",
        "{proxy: {https: 'socks5://proxy:1080'}}|is not the address of an HTTP proxy|http with it",
        "{proxy: {https: 'proxy:3128'}}|'proxy:3128' is not the address|such as http://proxy.example.com:3128",
        "{proxy: {https: 'http://proxy:0'}}|is not the address|such as",
        "{proxy: {https: 'http://proxy:99999'}}|is not the address|such as",
        "{proxy: {https: 'http://[::zz]:1'}}|is not the address|such as",
        "{proxy: {https: 'http://proxy/path'}}|is not the address|such as",
        "{proxy: {noProxy: [a]}}|network.proxy has no https|add https",
        "{proxy: {https: 'http://proxy', noProxy: ['a b']}}|'a b' is neither a host nor an address|10.0.0.0/8",
        "{proxy: {https: 'http://proxy', noProxy: [10.0.0.0/99]}}|is neither a host|10.0.0.0/8",
        "{proxy: {https: 'http://proxy', username: a}}|means nothing alone|give username and passwordFile",
        "{proxy: {https: 'http://proxy', username: 'a:b', passwordFile: /p}}|cannot be a user of HTTP|without ':'",
        "{proxy: {https: 'http://proxy', username: a, passwordFile: p}}|network.proxy.passwordFile|",
        "{proxies: {}}|unknown field 'proxies' in network|known here: proxy, caFile",
        "{caFile: ca.pem}|network.caFile|"
      })
  void saysWhatIsWrongAndWhere(String network, String message, String help) {
    assertThat(read(network))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Refused.class,
            it -> {
              Diagnostic first = it.problems().getFirst();
              assertThat(first.message()).contains(message);
              assertThat(first.help()).contains(help == null ? "" : help);
              assertThat(first.at().line()).isEqualTo(1);
              assertThat(first.at().column()).isPositive();
            });
  }

  @Test
  void neverRepeatsAPassword() {
    assertThat(read("{proxy: {https: 'http://dev:topsecret@proxy:3128'}}").toString())
        .contains("has a user or password, which would end in logs", "passwordFile names")
        .doesNotContain("topsecret");
  }
}
