package io.sparkinversion;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import io.sparkinversion.cli.Main;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The order of the packages: each may use those below it in the list, none above. */
class ArchitectureTest {
    private static final String ROOT = "io.sparkinversion";
    private static final int MOST_FILES = 40;

    /** From top to bottom. */
    private static final List<String> PACKAGES = List.of(
            "cli",
            "api",
            "nightly",
            "gallery",
            "evaluation",
            "verify",
            "export",
            "job",
            "output",
            "dataset",
            "report",
            "worker",
            "engine",
            "editing",
            "inversion",
            "metrics",
            "diffusion",
            "network",
            "platform",
            "torchscript",
            "weights",
            "image");

    private static JavaClasses all;

    @BeforeAll
    static void readClasses() throws URISyntaxException {
        Path classes = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        // The names of other libraries' classes are enough; without this all of Spark's would be read.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        all = new ClassFileImporter().importPath(classes);
    }

    @Test
    void everyClassIsInAListedPackage() {
        assertThat(all).hasSizeGreaterThan(400);
        classes()
                .that()
                .doNotHaveFullyQualifiedName(UserException.class.getName())
                .should()
                .resideInAnyPackage(identifiers(PACKAGES))
                .because("a new package needs a place in this test's list")
                .check(all);
    }

    @Test
    void noClassUsesAPackageAboveItsOwn() {
        Architectures.LayeredArchitecture layers =
                Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String name : PACKAGES) {
            layers = layers.optionalLayer(name).definedBy(identifier(name));
        }
        for (int place = 1; place < PACKAGES.size(); place++) {
            layers = layers.whereLayer(PACKAGES.get(place))
                    .mayOnlyBeAccessedByLayers(PACKAGES.subList(0, place).toArray(String[]::new));
        }
        layers.whereLayer(PACKAGES.get(0)).mayNotBeAccessedByAnyLayer().check(all);
    }

    @Test
    void noPackageHasMoreThanFortyFiles() {
        Map<String, Long> files = all.stream()
                .filter(JavaClass::isTopLevelClass)
                .collect(Collectors.groupingBy(
                        JavaClass::getPackageName,
                        Collectors.mapping(
                                type -> type.getSource()
                                        .orElseThrow()
                                        .getFileName()
                                        .orElseThrow(),
                                Collectors.collectingAndThen(Collectors.toSet(), sources -> (long) sources.size()))));
        assertThat(files).hasSizeGreaterThan(10).allSatisfy((name, count) -> assertThat(count)
                .as("files in %s", name)
                .isLessThanOrEqualTo(MOST_FILES));
    }

    @Test
    void theEngineAndWhatItUsesAreFreeOfSpark() {
        check(noClasses()
                .that()
                .resideInAnyPackage(identifiers(from("engine")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "scala.."));
    }

    @Test
    void ofTheLowerPackagesOnlyWeightsReadsThroughHadoop() {
        check(noClasses()
                .that(resideInAnyPackage(identifiers(from("engine"))).and(not(resideInAPackage(identifier("weights")))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hadoop.."));
    }

    @Test
    void onlyTheCommandsParseACommandLine() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(identifier("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli.."));
    }

    private static void check(ArchRule rule) {
        rule.check(all);
    }

    private static List<String> from(String name) {
        return PACKAGES.subList(PACKAGES.indexOf(name), PACKAGES.size());
    }

    private static String[] identifiers(List<String> names) {
        return names.stream().map(ArchitectureTest::identifier).toArray(String[]::new);
    }

    private static String identifier(String name) {
        return ROOT + "." + name + "..";
    }
}
