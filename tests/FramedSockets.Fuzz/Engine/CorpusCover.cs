namespace FramedSockets.Fuzz.Engine;

/// <summary>Picks, smallest first, the inputs that together cover every edge that all of them cover.</summary>
internal static class CorpusCover
{
    public static IReadOnlyList<byte[]> Of(IFuzzTarget target, IEnumerable<byte[]> inputs, int edges)
    {
        var covered = new CoverageMap(edges);
        var picked = new List<byte[]>();
        foreach (var input in inputs.OrderBy(input => input.Length))
        {
            var before = covered.Edges;
            if (Execution.Run(target, input) is null && covered.Add(Coverage.Hits) && covered.Edges > before)
            {
                picked.Add(input);
            }
        }

        return picked;
    }
}
