package dev.sandbar.source.text;

import com.code_intelligence.jazzer.junit.FuzzTest;

class JsonFuzz {
  @FuzzTest
  void json(byte[] bytes) {
    TextProperties.check(JsonReader.read("x.json", bytes));
  }
}
