package io.sparkinversion.torchscript;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests with a manager on the CPU of their own. */
public abstract class WithManager {
    protected NDManager manager;

    @BeforeEach
    protected void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    protected void closeManager() {
        manager.close();
    }
}
