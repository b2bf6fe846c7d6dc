package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A device as its owner sees it. Selectors of apps are matched against the labels of the object.
 *
 * @param misread parts that could not be read and are left out; no field of the object
 */
@JsonClassDescription("The device, as configured by its owner.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonDeserialize(using = DeviceSpec.Reader.class)
@ValidationRule(
    value = "!has(oldSelf.identity) || (has(self.identity) && self.identity == oldSelf.identity)",
    message =
        "the identity of a device never changes: delete the Device and enrol the device again",
    fieldPath = ".identity",
    reason = "FieldValueForbidden")
@ValidationRule(
    value = "oldSelf.hasValue() || !has(self.approved) || !self.approved",
    optionalOldSelf = true,
    message =
        "a Device cannot be created as approved: compare its key, then run sandbar fleet approve",
    fieldPath = ".approved",
    reason = "FieldValueForbidden")
public record DeviceSpec(
    @JsonPropertyDescription(
            "How the device proves its identity. Created by the device when it enrols;"
                + " immutable.")
        @Nullable Identity identity,
    @Default("false")
        @JsonPropertyDescription(
            "The owner's approval of a device that is identified by a ServiceAccount. It"
                + " cannot be set when a Device is created, and is ignored while suspend is"
                + " set. Where certificates are signed, approving the certificate request is"
                + " the approval.")
        @Nullable Boolean approved,
    @Default("false")
        @JsonPropertyDescription("Whether updates of the device's bundle are suspended.")
        @Nullable Boolean suspend,
    @JsonPropertyDescription(
            "Keeps the versions that run on the device: newer ones of all its apps wait until this"
                + " is removed or its time is over. Unlike with suspend, new apps are installed and"
                + " drift is corrected.")
        @Nullable Hold hold,
    @JsonPropertyDescription(
            "Values of the variables that apps declare, by their names. Not for secrets: anybody"
                + " who may read the object can read them.")
        @Nullable Map<String, String> variables,
    @JsonPropertyDescription(
            "Takes the device out of service: it wipes its identity and loses access.")
        @Nullable Decommission decommission,
    @JsonIgnore List<String> misread) {
  public DeviceSpec {
    misread = Absent.asEmpty(misread);
  }

  /** All of which can be read. */
  public DeviceSpec(
      @Nullable Identity identity,
      @Nullable Boolean approved,
      @Nullable Boolean suspend,
      @Nullable Hold hold,
      @Nullable Map<String, String> variables,
      @Nullable Decommission decommission) {
    this(identity, approved, suspend, hold, variables, decommission, List.of());
  }

  /** Whoever enrols makes the object. */
  static final class Reader extends TolerantReader<DeviceSpec> {
    Reader() {
      super(DeviceSpec.class);
    }
  }

  /** How the device proves who it is. */
  public record Identity(
      @Required
          @JsonPropertyDescription(
              "ClientCertificate: the cluster signs a certificate for the device's key."
                  + " ServiceAccount: the device gets tokens, for clusters that sign no client"
                  + " certificates.")
          Type type,
      @Required
          @Size(min = 16, max = 4096) @Pattern("^[A-Za-z0-9+/]+={0,2}$") @JsonPropertyDescription(
              "The public key of the device: SubjectPublicKeyInfo, DER in base64. The private key"
                  + " never leaves the device.")
          String publicKey) {
    /** Kind of credential. */
    public enum Type {
      ClientCertificate,
      ServiceAccount
    }
  }

  /**
   * That what runs stays at its version. An empty one counts too. Unlike that of an AppSandbox it
   * has no other fields: whoever enrols writes it, and what the API server keeps of unknown fields
   * has no bound.
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Hold(
      @JsonPropertyDescription("Why, in one line; the status shows it.") @Nullable String reason,
      @JsonPropertyDescription(
              "When the hold ends by itself, a time such as 2026-12-24T18:00:00Z. If omitted, it"
                  + " ends when it is removed.")
          @Nullable String until) {}

  /** The end of service. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Decommission(
      @Default("false")
          @JsonPropertyDescription("Whether the device also stops and removes its apps.")
          @Nullable Boolean removeApps) {}
}
