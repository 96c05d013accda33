using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;

namespace FramedSockets.Fuzz.Instrumentation;

/// <summary>
/// Where the instrumented copy of the library lives, with a second copy of this program that is bound to it. The first copy
/// never touches the library.
/// </summary>
internal sealed class FuzzContext : AssemblyLoadContext
{
    private const string Library = "FramedSockets";
    private readonly Assembly _library;
    private readonly Assembly _program;

    public FuzzContext(Action<ModuleDefinition>? plant = null)
        : base(isCollectible: false)
    {
        var folder = AppContext.BaseDirectory;
        (var copy, Edges) = Instrumenter.Rewrite(Path.Combine(folder, $"{Library}.dll"), plant);
        using var library = new MemoryStream(copy);
        _library = LoadFromStream(library);
        _program = LoadFromAssemblyPath(typeof(FuzzContext).Assembly.Location);
    }

    /// <summary>The edges of the copy.</summary>
    public int Edges { get; }

    /// <summary>Calls a static method of this program's second copy.</summary>
    public object? Call(Type type, string method, params object?[] arguments) =>
        _program.GetType(type.FullName!)!.GetMethod(method)!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == Library ? _library : assemblyName.Name == typeof(FuzzContext).Assembly.GetName().Name ? _program : null;
}
