package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Bytes;
import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.load.hub.RawServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hosts receive the token, and the errors for files that may not be downloaded. */
class HubAccessTest {
  private static final String TOKEN = "hf_secret";
  private static final byte[] WEIGHTS = HubFixture.bytes(1000);

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.model().small("config.json", "{}").large("model.safetensors", WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private static void fails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(HubException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain(TOKEN));
  }

  @Test
  void theTokenGoesToTheEndpointAndNeverToTheDataHost() {
    hub.environment.put("HF_TOKEN", TOKEN);
    hub.model().gated(TOKEN);
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.server.endpoint.requests())
        .isNotEmpty()
        .allSatisfy(
            request -> assertThat(request.header("Authorization")).isEqualTo("Bearer " + TOKEN));
    assertThat(hub.server.data.requests())
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.header("Authorization")).isEmpty())
        .allSatisfy(request -> assertThat(request.toString()).doesNotContain(TOKEN));
  }

  @Test
  void aDataHostThatSendsUsBackGetsNoToken() {
    hub.environment.put("HF_TOKEN", TOKEN);
    hub.server.data.next(
        answer ->
            Answer.of(
                302, "Location", hub.server.address() + "/org/model/resolve/main/config.json"));
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(
            hub.server.endpoint.requests().stream()
                .filter(r -> r.target().endsWith("main/config.json")))
        .singleElement()
        .satisfies(request -> assertThat(request.header("Authorization")).isEmpty());
  }

  @Test
  void aListingIsNotFollowedToAnotherHost() {
    hub.environment.put("HF_TOKEN", TOKEN);
    hub.server.endpoint.next(
        answer -> Answer.of(302, "Location", hub.server.data.address() + "/steal"));
    fails(() -> hub.snapshot().need("config.json"), Reason.REFUSED, "answers 302");
    assertThat(hub.server.data.requests()).isEmpty();
  }

  @Test
  void theTokenIsInTheFileThatLoggingInWrites() throws IOException {
    hub.model().gated(TOKEN);
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(file.getParent());
    Files.writeString(file, TOKEN + "\n");
    assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    Files.delete(file);

    hub.environment.put("HF_TOKEN_PATH", Files.writeString(home.resolve("mine"), TOKEN).toString());
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void theTokenIsNeverShown() {
    var token = AccessToken.find(Map.of("HF_TOKEN", TOKEN), home.resolve("none"));
    assertThat(token).hasToString("the token in HF_TOKEN");
    assertThat(HubNetwork.of(Map.of("HF_TOKEN", TOKEN), home).toString()).doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "line\nline", "\u00e4", "x\u0000y"})
  void whatCannotBeATokenIsRefusedWithoutShowingIt(String value) {
    hub.environment.put("HF_TOKEN", value);
    assertThatThrownBy(() -> hub.snapshot().need("config.json"))
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains("HF_TOKEN").doesNotContain(value));
  }

  @Test
  void aMissingRepositoryMayNeedAToken() {
    fails(
        () -> hub.hub().open(HubId.main("org/nothing")).need("config.json"),
        Reason.NO_REPOSITORY,
        "there is no repository org/nothing on " + hub.server.address(),
        "a token may be needed",
        "HF_TOKEN");
    hub.environment.put("HF_TOKEN", TOKEN);
    fails(
        () -> hub.hub().open(HubId.main("org/nothing")).need("config.json"),
        Reason.NO_REPOSITORY,
        "the token in HF_TOKEN was sent, and gives no access");
  }

  @Test
  void aPrivateRepositoryLooksLikeAMissingOne() {
    hub.model().hidden(TOKEN);
    fails(() -> hub.snapshot().need("config.json"), Reason.NO_REPOSITORY, "a token may be needed");
    hub.environment.put("HF_TOKEN", TOKEN);
    assertThat(hub.snapshot().need("config.json")).hasContent("{}");
  }

  @Test
  void anAnswer401WithoutACodeIsTheSame() {
    hub.server.endpoint.next(answer -> Answer.of(401));
    fails(() -> hub.snapshot().need("config.json"), Reason.NO_REPOSITORY, "a token may be needed");
  }

  @Test
  void aTokenThatTheHubDoesNotKnowIsNotCalledAMissingRepository() {
    hub.environment.put("HUGGING_FACE_HUB_TOKEN", TOKEN);
    hub.server.endpoint.next(
        answer -> Answer.of(401, "X-Error-Message", "Invalid credentials in Authorization header"));
    fails(
        () -> hub.snapshot().need("config.json"),
        Reason.REFUSED,
        "does not accept the token in HUGGING_FACE_HUB_TOKEN",
        "expired");
  }

  @Test
  void anAnswer404WithoutACodeMayComeFromAServerThatIsNoHub() {
    hub.server.endpoint.next(answer -> Answer.of(404));
    fails(
        () -> hub.snapshot().need("config.json"),
        Reason.NO_REPOSITORY,
        hub.server.address() + " answers 404 to the question for org/model",
        "or it is no hub",
        "HF_ENDPOINT");
  }

  @Test
  void aGatedRepositoryIsCalledGated() {
    hub.model().gated("hf_of_someone_else");
    fails(
        () -> hub.snapshot().need("config.json"),
        Reason.GATED,
        "org/model is gated",
        "accept their terms",
        hub.server.address() + "/org/model",
        "No token was sent");
    hub.environment.put("HF_TOKEN", TOKEN);
    fails(() -> hub.snapshot().need("config.json"), Reason.GATED, "is gated", "gives no access");
  }

  @Test
  void aMissingRevisionIsNamed() {
    var id = HubId.parse("org/model@v9").orElseThrow();
    fails(
        () -> hub.hub().open(id).need("config.json"),
        Reason.NO_REVISION,
        "org/model has no revision v9");
  }

  @Test
  void aMissingFileIsNamed() {
    fails(
        () -> hub.snapshot().need("other.json"),
        Reason.NO_FILE,
        "org/model has no file other.json");
    hub.server.endpoint.next(
        answer -> answer, answer -> Answer.of(404, "X-Error-Code", "EntryNotFound"));
    fails(() -> hub.snapshot().need("config.json"), Reason.NO_FILE, "has no file config.json");
  }

  @Test
  void anotherRefusalIsShownWithTheHubsOwnWords() {
    hub.server.endpoint.next(
        answer -> Answer.of(403, "X-Error-Message", "Disabled for its content"));
    fails(
        () -> hub.snapshot().need("config.json"),
        Reason.REFUSED,
        "answers 403",
        "Disabled for its content");
  }

  @Test
  void offlineSaysSoAndWhichFileOfWhichRepositoryAndWhereItWasLookedFor() {
    hub.environment.put("HF_HUB_OFFLINE", "1");
    fails(
        () -> hub.snapshot().need("config.json"),
        Reason.OFFLINE,
        "HF_HUB_OFFLINE",
        "config.json of org/model",
        "there is no " + hub.folder());
    fails(() -> hub.hub().newest(HubFixture.MODEL), Reason.OFFLINE, "HF_HUB_OFFLINE", "org/model");
    hub.environment.remove("HF_HUB_OFFLINE");
    hub.environment.put("TRANSFORMERS_OFFLINE", "1");
    fails(() -> hub.hub().newest(HubFixture.MODEL), Reason.OFFLINE, "TRANSFORMERS_OFFLINE is set");
    hub.environment.remove("TRANSFORMERS_OFFLINE");

    hub.environment.remove("HF_HUB_OFFLINE");
    hub.snapshot().need("config.json");
    hub.environment.put("HF_HUB_OFFLINE", "yes");
    hub.server.endpoint.forget();
    assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    fails(
        () -> hub.snapshot().need("model.safetensors"),
        Reason.OFFLINE,
        "model.safetensors of org/model",
        hub.folder().resolve("snapshots").toString());
    fails(
        () -> hub.hub().open(HubId.parse("org/model@v2").orElseThrow()).need("config.json"),
        Reason.OFFLINE,
        hub.folder() + " has no revision v2");
    assertThat(hub.server.endpoint.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"org/name", "org/name@main", "a/b.c_d-e@refs/pr/1", "A1/b2@v1.0", "o/n@0123abc"})
  void namesOfRepositoriesAreRead(String text) {
    assertThat(HubId.parse(text)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name",
        "org/",
        "/name",
        "org/name/more",
        "org/na--me",
        "org/..",
        "../x",
        "org/na me",
        "org/name@",
        "org/name@../x",
        "org/name@a//b",
        "org/name@.hidden",
        "org/name@a/../b",
        "-a/b",
        "a/.b",
        "org\\name",
        "a/b@@c"
      })
  void whatIsNoRepositoryIsNot(String text) {
    assertThat(HubId.parse(text)).isEmpty();
  }

  @Test
  void bytesAreShownForPeople() {
    assertThat(Bytes.shown(0)).isEqualTo("0 B");
    assertThat(Bytes.shown(999)).isEqualTo("999 B");
    assertThat(Bytes.shown(1500)).isEqualTo("1.5 kB");
    assertThat(Bytes.shown(548_105_171)).isEqualTo("548 MB");
    assertThat(Bytes.shown(999_999_999)).isEqualTo("1.0 GB");
  }
}
