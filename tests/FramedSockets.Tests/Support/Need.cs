namespace FramedSockets.Tests.Support;

/// <summary>What a test may need of the machine.</summary>
public enum Need
{
    Linux,

    /// <summary>A system that tells of bytes by a socket's low-water mark, as it is now.</summary>
    LowWaterMark,

    /// <summary>An optimized library: the state machines of a debug build are classes, and cost an allocation each.</summary>
    Optimized,

    /// <summary>A network of its own: <see cref="NetworkNamespace"/>.</summary>
    Namespace,

    Python,

    /// <summary>An IPv6 loopback address that can be bound: where it is switched off, the system still says that it supports IPv6.</summary>
    IPv6,

    UnixSockets,

    /// <summary>Folders that go although a socket in them is open.</summary>
    UnixFolders,

    /// <summary>IPv4 groups over the loopback interface.</summary>
    Multicast,

    /// <summary>IPv6 groups over the loopback interface.</summary>
    MulticastOverIPv6,

    /// <summary>A <see cref="Namespace"/> whose loopback interface can be slowed down.</summary>
    SlowLink,

    /// <summary>A <see cref="Namespace"/> whose firewall drops what is sent now and then.</summary>
    Firewall,

    /// <summary>System calls that fail on demand: <see cref="SystemCallFaults"/>.</summary>
    Strace,
}
