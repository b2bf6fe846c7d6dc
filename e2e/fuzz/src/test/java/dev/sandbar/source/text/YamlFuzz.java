package dev.sandbar.source.text;

import com.code_intelligence.jazzer.junit.FuzzTest;

class YamlFuzz {
  @FuzzTest
  void yaml(byte[] bytes) {
    TextProperties.check(YamlReader.read("x.yaml", bytes));
  }
}
