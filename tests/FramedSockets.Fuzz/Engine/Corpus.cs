namespace FramedSockets.Fuzz.Engine;

/// <summary>The inputs that covered something new, kept as lines of hexadecimal digits, one file a target.</summary>
internal sealed class Corpus
{
    private readonly List<byte[]> _inputs = [];

    public int Count => _inputs.Count;

    public IReadOnlyList<byte[]> Inputs => _inputs;

    public void Add(byte[] input) => _inputs.Add(input);

    /// <summary>One of the inputs; the latest ones more often.</summary>
    public byte[] Pick(Random random)
    {
        var from = random.Next(2) == 0 ? Math.Max(0, _inputs.Count - 32) : 0;
        return _inputs[random.Next(from, _inputs.Count)];
    }

    /// <summary>Reads inputs; a line that begins with <c>#</c> is a comment.</summary>
    public static IEnumerable<byte[]> Read(string file) => File.Exists(file)
        ? File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#').Select(Convert.FromHexString)
        : [];

    /// <summary>Writes inputs.</summary>
    public static void Write(string file, IEnumerable<byte[]> inputs) =>
        File.WriteAllLines(file, inputs.Select(Convert.ToHexStringLower));
}
