namespace FramedSockets.Tests.Support;

/// <summary>A test that needs something of the machine, and says what is missing where it is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params Need[] needs)
    {
        Needs = needs;
        Skip = needs.Select(Machine.FindLack).FirstOrDefault(lack => lack is not null);
    }

    public IReadOnlyList<Need> Needs { get; }
}
