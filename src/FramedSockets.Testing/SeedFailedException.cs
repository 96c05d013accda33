namespace FramedSockets.Testing;

/// <summary>A test failed with one of many seeds.</summary>
public sealed class SeedFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="innerException">How the test failed.</param>
    public SeedFailedException(int seed, Exception innerException)
        : base($"Seed {seed}: {innerException?.Message}", innerException) => Seed = seed;

    /// <summary>The seed.</summary>
    public int Seed { get; }
}
