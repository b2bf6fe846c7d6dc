package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Selectors mean what they mean in Kubernetes (Labels and Selectors, set-based requirement). */
class SelectorTest {

  @ParameterizedTest(name = "{0} selects {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                                                   | {}                     | true",
        "{}                                                                   | {site: berlin}         | true",
        "{matchLabels: {site: berlin}}                                        | {site: berlin, a: b}   | true",
        "{matchLabels: {site: berlin}}                                        | {site: bern}           | false",
        "{matchLabels: {site: berlin}}                                        | {}                     | false",
        "{matchLabels: {site: berlin, role: pump}}                            | {site: berlin}         | false",
        "{matchExpressions: [{key: site, operator: In, values: [berlin, bern]}]}    | {site: bern}     | true",
        "{matchExpressions: [{key: site, operator: In, values: [berlin, bern]}]}    | {site: basel}    | false",
        "{matchExpressions: [{key: site, operator: In, values: [berlin, bern]}]}    | {role: berlin}   | false",
        "{matchExpressions: [{key: site, operator: In, values: [berlin, bern]}]}    | {}               | false",
        "{matchExpressions: [{key: site, operator: NotIn, values: [berlin, bern]}]} | {site: bern}     | false",
        "{matchExpressions: [{key: site, operator: NotIn, values: [berlin, bern]}]} | {site: basel}    | true",
        "{matchExpressions: [{key: site, operator: NotIn, values: [berlin, bern]}]} | {role: berlin}   | true",
        "{matchExpressions: [{key: site, operator: NotIn, values: [berlin, bern]}]} | {}               | true",
        "{matchExpressions: [{key: site, operator: Exists}]}                  | {site: berlin}         | true",
        "{matchExpressions: [{key: site, operator: Exists}]}                  | {site: \"\"}             | true",
        "{matchExpressions: [{key: site, operator: Exists}]}                  | {role: site}           | false",
        "{matchExpressions: [{key: site, operator: Exists}]}                  | {}                     | false",
        "{matchExpressions: [{key: site, operator: DoesNotExist}]}            | {site: berlin}         | false",
        "{matchExpressions: [{key: site, operator: DoesNotExist}]}            | {site: \"\"}             | false",
        "{matchExpressions: [{key: site, operator: DoesNotExist}]}            | {role: site}           | true",
        "{matchExpressions: [{key: site, operator: DoesNotExist}]}            | {}                     | true",
        // All of them must hold.
        "{matchExpressions: [{key: a, operator: Exists}, {key: b, operator: DoesNotExist}]}   | {a: x}       | true",
        "{matchExpressions: [{key: a, operator: Exists}, {key: b, operator: DoesNotExist}]}   | {a: x, b: x} | false",
        "{matchLabels: {a: x}, matchExpressions: [{key: b, operator: NotIn, values: [x]}]}    | {a: x}       | true",
        "{matchLabels: {a: x}, matchExpressions: [{key: b, operator: NotIn, values: [x]}]}    | {a: y}       | false",
        "{matchLabels: {a: x}, matchExpressions: [{key: b, operator: NotIn, values: [x]}]}    | {a: x, b: x} | false",
      })
  void everyOperatorWithAndWithoutTheLabel(String selector, String labels, boolean selects) {
    assertThat(SelectorReader.alone(FlowText.parse(selector)))
        .hasValueSatisfying(read -> assertThat(read.matches(labels(labels))).isEqualTo(selects));
  }

  private static TreeMap<String, String> labels(String flow) {
    var labels = new TreeMap<String, String>();
    FlowText.parse(flow)
        .fields()
        .forEach(
            (key, value) -> {
              if (value instanceof Node.Scalar(_, _, var text)) {
                labels.put(key, text);
              }
            });
    return labels;
  }

  @Test
  void anExpressionWithTooMuchOrTooLittleIsNoSelector() {
    for (String wrong :
        new String[] {
          "{key: site, operator: In}",
          "{key: site, operator: NotIn}",
          "{key: site, operator: Exists, values: [a]}",
          "{key: site, operator: DoesNotExist, values: [a]}",
          "{key: site, operator: Near, values: [a]}",
          "{operator: Exists}",
          "{key: site}"
        }) {
      Node selector = FlowText.parse("{matchExpressions: [%s]}".formatted(wrong));
      assertThat(SelectorReader.alone(selector)).as(wrong).isEmpty();
    }
  }
}
