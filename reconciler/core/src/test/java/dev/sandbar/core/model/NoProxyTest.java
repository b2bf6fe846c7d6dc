package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*|git.example.com|443",
        "example.com|example.com|443",
        "example.com|git.example.com|443",
        "EXAMPLE.com|git.Example.COM.|443",
        ".example.com|git.example.com|443",
        "*.example.com|git.example.com|443",
        "example.com:6443|api.example.com|6443",
        "10.0.0.0/8|10.1.2.3|443",
        "10.1.2.3|10.1.2.3|443",
        "fd00::/8|[fd00::1]|443",
        "fd00::1|fd00:0::1|443",
        "[fd00::1]:6443|[fd00::1]|6443",
        "other|localhost|443",
        "other|127.0.0.2|443",
        "other|[::1]|443"
      })
  void isReachedWithout(String entry, String host, int port) {
    assertThat(NoProxy.isEntry(entry)).isTrue();
    assertThat(NoProxy.covers(List.of(entry), host, port)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com|notexample.com|443",
        ".example.com|example.com|443",
        "example.com:6443|api.example.com|443",
        "10.0.0.0/8|11.1.2.3|443",
        "10.0.0.0/8|ten.example.com|443",
        "[fd00::1]:6443|[fd00::1]|443",
        "fd00::/8|10.0.0.1|443"
      })
  void isReachedThroughTheProxy(String entry, String host, int port) {
    assertThat(NoProxy.isEntry(entry)).isTrue();
    assertThat(NoProxy.covers(List.of(entry), host, port)).isFalse();
  }
}
