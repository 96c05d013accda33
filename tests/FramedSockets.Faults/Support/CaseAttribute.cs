using System.Runtime.CompilerServices;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Support;

/// <summary>One case of the reliability bar; its number stands before the name of the test.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CaseAttribute : FactAttribute
{
    public CaseAttribute(string id, [CallerMemberName] string name = "")
    {
        Id = id;
        Name = name;
        DisplayName = $"{id}: {name.Replace('_', ' ')}";
    }

    public string Id { get; }

    public string Name { get; }

    /// <summary>Whether it needs real time by its nature: then only the full run has it.</summary>
    public bool IsLong { get; init; }

    /// <summary>The programs it runs, separated by spaces.</summary>
    public string Needs { get; init; } = "";

    /// <summary>Why it is not run here, if it is not.</summary>
    public override string? Skip
    {
        get => IsLong && !Scale.IsFull ? "This takes its time: tests/faults.sh runs it." : FindLack();
        set => throw new NotSupportedException();
    }

    private string? FindLack()
    {
        var lack = Needs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(FindLack).FirstOrDefault(lack => lack is not null);
        if (lack is not null)
        {
            Figures.Lacks(Id, lack);
        }

        return lack;
    }

    private static string? FindLack(string program) => program switch
    {
        "ip" => Machine.FindLack(Need.Namespace),
        "strace" => Machine.FindLack(Need.Strace),
        _ => Machine.Find(program) is null ? $"{program} is not on the PATH." : null,
    };
}
