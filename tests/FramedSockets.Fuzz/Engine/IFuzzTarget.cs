namespace FramedSockets.Fuzz.Engine;

/// <summary>A part of the library with its oracles: it takes any bytes, and throws where the library is wrong.</summary>
internal interface IFuzzTarget
{
    string Name { get; }

    /// <summary>Pieces that mutations put into inputs.</summary>
    IReadOnlyList<byte[]> Tokens { get; }

    /// <summary>Makes an input from the grammar: mostly well formed, with boundary numbers and lengths that are a little off.</summary>
    byte[] Generate(Random random);

    /// <summary>Runs the library on an input; whatever it throws is a finding.</summary>
    void Run(ReadOnlySpan<byte> input);
}
