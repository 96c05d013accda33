using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Child;

/// <summary>How a server process is to serve; what is not said is as the library has it.</summary>
internal sealed record ServeOptions
{
    public TransportKind Transport { get; init; }

    /// <summary>0 for any.</summary>
    public int Port { get; init; }

    public bool IsTls { get; init; }

    public int? MaxConnections { get; init; }

    public int? MaxHandshakes { get; init; }

    /// <summary>Seconds.</summary>
    public double? DrainTimeout { get; init; }

    /// <summary>Whether peers may be silent for as long as they like.</summary>
    public bool IsPatient { get; init; }
}
